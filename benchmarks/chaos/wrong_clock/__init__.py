"""The folder that is put before all others on the path of a process with a wrong clock."""
