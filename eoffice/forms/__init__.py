"""What clerks type."""
