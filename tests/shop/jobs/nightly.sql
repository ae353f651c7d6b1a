-- Run every night at two.

DELETE FROM visits WHERE seen_at < now() - interval '90 days';

UPDATE products SET price = round(price * 1.02, 2);
