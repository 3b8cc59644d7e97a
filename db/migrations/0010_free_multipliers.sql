-- What a contract holds may be a part of a coin or share, for free visitors as for all others.

ALTER TABLE free_contracts ALTER COLUMN multiplier TYPE double precision;
UPDATE free_contracts f SET multiplier = c.multiplier
  FROM contracts c WHERE c.contract_id = f.contract_id AND f.multiplier IS DISTINCT FROM c.multiplier;
