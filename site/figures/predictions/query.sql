SELECT predicted, name, expected_low, expected_high, outcome, ci_low, ci_high, verdict, control,
  CASE expected_beyond_control WHEN true THEN 'beyond it' WHEN false THEN 'not beyond it' END AS expected_of_control,
  CASE beyond_control WHEN true THEN 'beyond it' WHEN false THEN 'not beyond it' END AS found_of_control, n
FROM predictions_in_words
ORDER BY place, CASE WHEN of_feature THEN sae_order(name) END, name
