"""What judging costs, side by side with its alternatives: `./bench [--quick] [NAME]...`. Prints, and never fails a build."""
