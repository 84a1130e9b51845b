-- The card of the models in use: what they were fitted to, how well, and what they keep. Groups and parameters are on the page already.

SELECT :"extension".cltv_model_card(:'full_name'::regclass) - '{groups}'::text[];
