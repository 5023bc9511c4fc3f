"""Cannot be imported, for a reason with a reason."""

try:
    {}["region"]
except KeyError as error:
    raise RuntimeError("set a region first") from error
