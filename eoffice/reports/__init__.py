"""The figures of e-Office as pages and files: for a desk and those below it, and for the State."""
