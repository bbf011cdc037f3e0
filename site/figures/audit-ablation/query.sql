SELECT measure, grouped, name, counted, mean, ci_low, ci_high, n::INTEGER AS n FROM (
  SELECT 'items' AS measure, 'SAE' AS grouped, sae_id AS name, sae_order(sae_id) AS place, 'published' AS counted, items_published AS mean, items_published AS ci_low, items_published AS ci_high, n FROM audit_by_sae
  UNION ALL SELECT 'items', 'SAE', sae_id, sae_order(sae_id), 'token', items_token, items_low, items_high, n FROM audit_by_sae
  UNION ALL SELECT 'diversity (nats)', 'SAE', sae_id, sae_order(sae_id), 'published', shannon_published, shannon_published, shannon_published, n FROM audit_by_sae
  UNION ALL SELECT 'diversity (nats)', 'SAE', sae_id, sae_order(sae_id), 'token', shannon_token, shannon_low, shannon_high, n FROM audit_by_sae
  UNION ALL SELECT 'items', 'topic', topic, 0, 'published', items_published, items_published, items_published, n FROM audit_by_topic
  UNION ALL SELECT 'items', 'topic', topic, 0, 'token', items_token, items_low, items_high, n FROM audit_by_topic
  UNION ALL SELECT 'diversity (nats)', 'topic', topic, 0, 'published', shannon_published, shannon_published, shannon_published, n FROM audit_by_topic
  UNION ALL SELECT 'diversity (nats)', 'topic', topic, 0, 'token', shannon_token, shannon_low, shannon_high, n FROM audit_by_topic)
ORDER BY measure = 'items' DESC, grouped, place, name, counted
