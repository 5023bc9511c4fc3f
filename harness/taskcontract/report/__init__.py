"""Renderers over the frozen `model.Report`: what a person reads, what a tool reads, and what is shown while it runs."""
