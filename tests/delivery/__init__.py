"""The room delivery: messages, the sender against real servers that misbehave, the reference receiver."""
