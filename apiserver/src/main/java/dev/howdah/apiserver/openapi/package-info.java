// SPDX-License-Identifier: Apache-2.0
/// The OpenAPI v3 documents from which kubectl learns the fields of each kind.
@NullMarked
package dev.howdah.apiserver.openapi;

import org.jspecify.annotations.NullMarked;
