"""One file per group of figures: it has `TITLE` and `async def run(bench: Bench) -> None`."""
