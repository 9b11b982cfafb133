"""Entry point of ``dpctl`` and of ``python -m dpctl``."""

from dpctl.cli import app


def main() -> None:
    """Run the command line."""
    app(prog_name="dpctl")


if __name__ == "__main__":
    main()
