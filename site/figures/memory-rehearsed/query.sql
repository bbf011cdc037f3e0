SELECT stage, batch, source, kind, size, part, provider, machine, device
FROM rehearsed_memory ORDER BY place, part
