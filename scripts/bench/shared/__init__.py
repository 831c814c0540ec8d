"""What several benches need: texts, a commons to measure on, timing, child processes, tables, the command line."""
