// SPDX-License-Identifier: Apache-2.0
/// Image catalogs: which image serves a PostgreSQL major, and the extensions that come as images.
@NullMarked
package dev.howdah.api.catalog;

import org.jspecify.annotations.NullMarked;
