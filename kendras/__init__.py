"""Village and town Kendras: the counter at which a meeting is booked for whoever comes."""
