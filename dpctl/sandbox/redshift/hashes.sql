-- Redshift's hash functions.

-- PostgreSQL has SHA-2; SHA-1 is computed here (FIPS 180-4).
CREATE FUNCTION pg_catalog.sha1(value text) RETURNS varchar IMMUTABLE STRICT LANGUAGE plpgsql AS $$
DECLARE
  data bytea := convert_to(value, 'UTF8');
  bits bigint := length(data)::bigint * 8;
  m bigint := 4294967295;
  h bigint[] := ARRAY[1732584193, 4023233417, 2562383102, 271733878, 3285377520];
  w bigint[];
  a bigint; b bigint; c bigint; d bigint; e bigint; f bigint; k bigint; t bigint;
BEGIN
  data := data || '\x80'::bytea;
  data := data || decode(repeat('00', (120 - length(data) % 64) % 64), 'hex') || int8send(bits);
  FOR block IN 0 .. length(data) / 64 - 1 LOOP
    FOR i IN 0 .. 79 LOOP
      IF i < 16 THEN
        w[i] := (get_byte(data, block * 64 + i * 4)::bigint << 24) | (get_byte(data, block * 64 + i * 4 + 1) << 16)
          | (get_byte(data, block * 64 + i * 4 + 2) << 8) | get_byte(data, block * 64 + i * 4 + 3);
      ELSE
        t := w[i - 3] # w[i - 8] # w[i - 14] # w[i - 16];
        w[i] := ((t << 1) | (t >> 31)) & m;
      END IF;
    END LOOP;
    a := h[1]; b := h[2]; c := h[3]; d := h[4]; e := h[5];
    FOR i IN 0 .. 79 LOOP
      IF i < 20 THEN f := (b & c) | ((m # b) & d); k := 1518500249;
      ELSIF i < 40 THEN f := b # c # d; k := 1859775393;
      ELSIF i < 60 THEN f := (b & c) | (b & d) | (c & d); k := 2400959708;
      ELSE f := b # c # d; k := 3395469782;
      END IF;
      t := ((((a << 5) | (a >> 27)) & m) + f + e + k + w[i]) & m;
      e := d; d := c; c := ((b << 30) | (b >> 2)) & m; b := a; a := t;
    END LOOP;
    h := ARRAY[(h[1] + a) & m, (h[2] + b) & m, (h[3] + c) & m, (h[4] + d) & m, (h[5] + e) & m];
  END LOOP;
  RETURN lpad(to_hex(h[1]), 8, '0') || lpad(to_hex(h[2]), 8, '0') || lpad(to_hex(h[3]), 8, '0') || lpad(to_hex(h[4]), 8, '0')
    || lpad(to_hex(h[5]), 8, '0');
END $$;
CREATE FUNCTION pg_catalog.sha(value text) RETURNS varchar IMMUTABLE STRICT LANGUAGE sql RETURN sha1(value);
CREATE FUNCTION pg_catalog.func_sha1(value text) RETURNS varchar IMMUTABLE STRICT LANGUAGE sql RETURN sha1(value);
CREATE FUNCTION pg_catalog.sha2(value text, bits integer) RETURNS varchar IMMUTABLE STRICT LANGUAGE sql
RETURN CASE bits WHEN 224 THEN encode(sha224(convert_to(value, 'UTF8')), 'hex') WHEN 384 THEN encode(sha384(convert_to(value, 'UTF8')), 'hex')
  WHEN 512 THEN encode(sha512(convert_to(value, 'UTF8')), 'hex') WHEN 0 THEN encode(sha256(convert_to(value, 'UTF8')), 'hex')
  WHEN 256 THEN encode(sha256(convert_to(value, 'UTF8')), 'hex') END::varchar;
CREATE FUNCTION pg_catalog.redshift_crc32(value text) RETURNS varchar IMMUTABLE STRICT LANGUAGE sql
RETURN lpad(to_hex(crc32c(convert_to(value, 'UTF8'))), 8, '0')::varchar;
CREATE FUNCTION pg_catalog.checksum(value anyelement) RETURNS integer IMMUTABLE STRICT LANGUAGE sql AS $$ SELECT hashtext(value::text) & 2147483647 $$;
CREATE FUNCTION pg_catalog.checksum(value text) RETURNS integer IMMUTABLE STRICT LANGUAGE sql RETURN hashtext(value) & 2147483647;

-- The bytes of a value, in the order of the compute nodes: the lowest first.
CREATE FUNCTION pg_catalog.redshift_bytes(value smallint) RETURNS bytea IMMUTABLE STRICT LANGUAGE sql RETURN reverse(int2send(value));
CREATE FUNCTION pg_catalog.redshift_bytes(value integer) RETURNS bytea IMMUTABLE STRICT LANGUAGE sql RETURN reverse(int4send(value));
CREATE FUNCTION pg_catalog.redshift_bytes(value bigint) RETURNS bytea IMMUTABLE STRICT LANGUAGE sql RETURN reverse(int8send(value));
CREATE FUNCTION pg_catalog.redshift_bytes(value text) RETURNS bytea IMMUTABLE STRICT LANGUAGE sql RETURN convert_to(value, 'UTF8');
CREATE FUNCTION pg_catalog.redshift_bytes(value varbyte) RETURNS bytea IMMUTABLE STRICT LANGUAGE sql RETURN varbyte_bytes(value);

-- FNV-1a of 64 bits, in two halves, because PostgreSQL's numbers do not wrap around.
CREATE FUNCTION pg_catalog.redshift_fnv(data bytea, seed bigint) RETURNS bigint IMMUTABLE STRICT LANGUAGE plpgsql AS $$
DECLARE
  m bigint := 4294967295;
  high bigint := (seed >> 32) & m;
  low bigint := seed & m;
  product bigint;
BEGIN
  FOR i IN 0 .. length(data) - 1 LOOP
    low := low # get_byte(data, i);
    product := low * 435;
    high := (high * 435 + (low << 8) + (product >> 32)) & m;
    low := product & m;
  END LOOP;
  RETURN (high << 32) | low;
END $$;

-- MurmurHash3 of 32 bits (x86).
CREATE FUNCTION pg_catalog.redshift_times(a bigint, b bigint) RETURNS bigint IMMUTABLE STRICT LANGUAGE sql
RETURN (a * (b & 65535) + (((a * (b >> 16)) & 65535) << 16)) & 4294967295;
CREATE FUNCTION pg_catalog.redshift_murmur(data bytea, seed bigint) RETURNS integer IMMUTABLE STRICT LANGUAGE plpgsql AS $$
DECLARE
  m bigint := 4294967295;
  h bigint := seed & m;
  k bigint := 0;
  size integer := length(data);
BEGIN
  FOR i IN 0 .. size - 1 LOOP
    k := k | (get_byte(data, i)::bigint << (8 * (i % 4)));
    IF i % 4 = 3 OR i = size - 1 THEN
      k := redshift_times(k, 3432918353);
      k := redshift_times(((k << 15) | (k >> 17)) & m, 461845907);
      h := h # k;
      k := 0;
      IF i % 4 = 3 THEN
        h := ((((h << 13) | (h >> 19)) & m) * 5 + 3864292196) & m;
      END IF;
    END IF;
  END LOOP;
  h := h # size;
  h := redshift_times(h # (h >> 16), 2246822507);
  h := redshift_times(h # (h >> 13), 3266489909);
  h := h # (h >> 16);
  RETURN CASE WHEN h > 2147483647 THEN h - 4294967296 ELSE h END;
END $$;
DO $$
DECLARE
  kind text;
BEGIN
  FOREACH kind IN ARRAY ARRAY['smallint', 'integer', 'bigint', 'text', 'varbyte'] LOOP
    EXECUTE format('CREATE FUNCTION pg_catalog.fnv_hash(value %s, seed bigint DEFAULT -3750763034362895579) RETURNS bigint '
      'IMMUTABLE STRICT LANGUAGE sql RETURN redshift_fnv(redshift_bytes(value), seed)', kind);
    EXECUTE format('CREATE FUNCTION pg_catalog.murmur3_32_hash(value %s, seed bigint DEFAULT 0) RETURNS integer '
      'IMMUTABLE STRICT LANGUAGE sql RETURN redshift_murmur(redshift_bytes(value), seed)', kind);
  END LOOP;
END $$;
