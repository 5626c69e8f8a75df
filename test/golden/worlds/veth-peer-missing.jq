(index("net2") as $i | .netns[$i].links[1]) as $stray | (index("net2") as $i | .netns[$i].inode) as $n
| change("net2"; del(.links[1]) | .addrs |= map(select(.link == 1)) | .routes = [])
| change("host"; .links |= (map(if .peer_netns == $n then .peer = 99 | del(.peer_netns) else . end)
	+ [$stray | .index = 99 | .peer = 5 | del(.peer_netns) | down]))
