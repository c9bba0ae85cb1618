// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.leadership;

/// A standby's word that it receives nothing more while the Lease keeps this revision.
public record Seal(String version) {}
