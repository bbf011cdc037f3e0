SELECT sae_id, feature::VARCHAR AS feature, place, topic, value FROM original_topic_heat
ORDER BY array_position(['res_5', 'res_20', 'att_7', 'att_14'], sae_id), place, topic
