"""The policy that comes with the project, which is that of a company that does not exist."""

EXAMPLE = "Halden Systems"
YOURS = (
    f"still says {EXAMPLE}, the example's company, which prospects would read: write your own name "
    "there, and your own people below"
)
