contained(""; {"cpu.max": "50000 100000", "cpu.stat": "usage_usec 5000000\nnr_periods 100\nnr_throttled 90"}; {})
