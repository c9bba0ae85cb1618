// SPDX-License-Identifier: Apache-2.0
/// What the server knows of each kind: its fields, defaults and rules, built-in or of a
/// CustomResourceDefinition.
@NullMarked
package dev.howdah.apiserver.schema;

import org.jspecify.annotations.NullMarked;
