// SPDX-License-Identifier: Apache-2.0
/// Who asks (client certificates, tokens of service accounts) and whether they may (role-based
/// access control).
@NullMarked
package dev.howdah.apiserver.auth;

import org.jspecify.annotations.NullMarked;
