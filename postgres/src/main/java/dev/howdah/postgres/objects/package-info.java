// SPDX-License-Identifier: Apache-2.0
/// What users declare to be in a server: roles, databases, publications, subscriptions,
/// tablespaces.
///
/// Each kind is a specification, the state found in the server, and a pure plan of statements
/// between the two.
@NullMarked
package dev.howdah.postgres.objects;

import org.jspecify.annotations.NullMarked;
