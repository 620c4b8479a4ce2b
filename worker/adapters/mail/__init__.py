"""Mail: a message is built, carried over SMTP, and every refusal is sorted."""
