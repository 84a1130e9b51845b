// The model library knows numbers, not PostgreSQL. Every header of this room includes this one first, so that a
// server header that slips in fails the build.
#pragma once

#ifdef POSTGRES_H
static_assert(false, "src/model must not see postgres.h: include model headers before pg/postgres.hpp");
#endif
