contained(""; {"pids.max": "10", "pids.current": "2"}; {}) | .containers[-1].hints = {"limit /sys/fs/cgroup/docker/web/memory.max": "67108864", "limit /sys/fs/cgroup/docker/web/pids.max": "10"}
