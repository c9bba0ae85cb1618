// SPDX-License-Identifier: Apache-2.0
/// What long-running processes share: settings, JSON logs, PKI, shutdown.
@NullMarked
package dev.howdah.service;

import org.jspecify.annotations.NullMarked;
