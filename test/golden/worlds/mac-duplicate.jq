(index("net1") as $i | .netns[$i].links[1].mac) as $mac | change_link("net2"; "veth2"; .mac = $mac)
