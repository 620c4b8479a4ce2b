"""What Haja is measured against."""
