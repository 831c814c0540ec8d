"""A commons opened for reading, by whichever door: the command line, a program, the Space or an agent."""
