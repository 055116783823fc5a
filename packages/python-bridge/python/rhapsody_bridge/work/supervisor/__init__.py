"""What runs in the helper process that starts, captures and ends programs. Loads little, so that it starts quickly and stays small."""
