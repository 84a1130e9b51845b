-- What was needed for the installation alone --------------------------------------------------------------------------

DROP FUNCTION @extschema@.cltv_filled(text, jsonb);
