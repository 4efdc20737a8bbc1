"""Words that are names of people as well: in small letters they name nobody.

With a capital they count as a name: a wrong hit costs an agent a minute.
"""

COMMON = frozenset(
    """
    able archer art ash bach bank banks barn bass bay bean bell berg best bird bjerke black
    blank blom blue board bond book bore bow boy brand brook brown bruk bull burn bush
    butler by cable call carpenter carter case chance christmas church clay close cook
    cooper cross dag dahl dal day dean den dig drew drive early eide ek elder eng english
    falk field fine finn first fish flood flor foss fox frank frost full garage garden gate
    glad gold good gott grace grant gray green grey gross hall halt hand hard hart haug haus
    heath held herr hill holm holt home hope house hunt hus indre ivory joy just kaiser key
    king knight koch koll krone kunst lake land lane lang law lead lee lie light lind linden
    little long love lund mai major male mark marsh may miles mill miller mo moe moen moon
    more moss nes ness new noble north ny nye oak olden olsen open owner page park penny per
    pine plan point pool poor post power price prince quick rain read ren rich right ring
    rise river rod rose rye sand sang sea sharp short sie silver skog small smed smith snow
    sol son sorg south spring stand star stein sten still stone storm strand street strong
    style styret summer sund sunny swift tag taylor terry tide till tom tor true underwood
    van vang vik voll von wall ward way weber weil weiss wells west white will wille winter
    wise wolf wood wren wright young
    """.split()
)
