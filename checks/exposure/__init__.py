"""What the file carries, shown or not."""
