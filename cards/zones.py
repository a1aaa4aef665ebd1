"""The time zones that a prospect can be in, as a list short enough for a card."""

ZONES = (
    *("Pacific/Honolulu", "America/Anchorage", "America/Los_Angeles", "America/Vancouver"),
    *("America/Denver", "America/Phoenix", "America/Chicago", "America/Mexico_City"),
    *("America/New_York", "America/Toronto", "America/Bogota", "America/Halifax"),
    *(
        "America/St_Johns",
        "America/Santiago",
        "America/Sao_Paulo",
        "America/Argentina/Buenos_Aires",
    ),
    *("Atlantic/Azores", "UTC", "Europe/London", "Europe/Dublin", "Europe/Lisbon"),
    *("Africa/Casablanca", "Africa/Lagos", "Europe/Madrid", "Europe/Paris", "Europe/Brussels"),
    *("Europe/Amsterdam", "Europe/Berlin", "Europe/Zurich", "Europe/Rome", "Europe/Vienna"),
    *("Europe/Prague", "Europe/Warsaw", "Europe/Budapest", "Europe/Copenhagen", "Europe/Oslo"),
    *("Europe/Stockholm", "Africa/Johannesburg", "Africa/Cairo", "Europe/Athens"),
    *("Europe/Bucharest", "Europe/Helsinki", "Europe/Kyiv", "Asia/Jerusalem", "Europe/Istanbul"),
    *("Africa/Nairobi", "Asia/Riyadh", "Asia/Tehran", "Asia/Dubai", "Asia/Kabul", "Asia/Karachi"),
    *("Asia/Kolkata", "Asia/Kathmandu", "Asia/Dhaka", "Asia/Yangon", "Asia/Bangkok"),
    *("Asia/Jakarta", "Asia/Shanghai", "Asia/Hong_Kong", "Asia/Singapore", "Australia/Perth"),
    *("Asia/Tokyo", "Asia/Seoul", "Australia/Adelaide", "Australia/Brisbane", "Australia/Sydney"),
    *("Pacific/Auckland", "Pacific/Chatham"),
)
