contained("pids"; {"pids.max": "10", "pids.current": "10", "pids.events": "max 3"}; {"pids.max": "max"})
