"""Layout → scene → painters. Pure: no database, no settings, no clock."""
