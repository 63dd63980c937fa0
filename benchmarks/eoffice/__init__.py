"""e-Office at the size that was reported in 2020, and with many times its movements."""
