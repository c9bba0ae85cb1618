// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.rules;

import java.util.List;

/// What an operator's configuration adds to the defaults.
///
/// @param postgresImage the image where neither image nor catalog is named
/// @param plugins plugins that every cluster uses
public record DefaultSettings(String postgresImage, List<String> plugins) {
  /// The image that stands in the manual.
  public static final String POSTGRES_IMAGE =
      "ghcr.io/cloudnative-pg/postgresql:18.6-system-trixie";

  /// What holds without any configuration.
  public static final DefaultSettings STANDARD = new DefaultSettings(POSTGRES_IMAGE, List.of());

  public DefaultSettings {
    plugins = List.copyOf(plugins);
  }
}
