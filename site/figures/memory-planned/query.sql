SELECT stage, batch, source, kind, size, part, provider, machine, device
FROM gpu_memory ORDER BY place, part
