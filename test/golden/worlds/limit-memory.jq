contained(""; {"memory.max": "67108864", "memory.current": "66000000", "memory.stat": "anon 65000000\ninactive_file 1000\nactive_file 0"}; {})
