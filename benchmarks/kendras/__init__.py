"""The counters of the Kendras: what they are answered, how soon, and that nothing is twice."""
