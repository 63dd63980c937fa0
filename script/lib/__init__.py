"""Set-up of the portal: standard library only, so that it runs before anything is installed."""
