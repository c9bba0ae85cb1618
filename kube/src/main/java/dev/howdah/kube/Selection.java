// SPDX-License-Identifier: Apache-2.0
package dev.howdah.kube;

import java.util.LinkedHashMap;
import java.util.Map;

/// Which objects of a collection a list or watch is about; empty strings select everything.
public record Selection(String labels, String fields) {
  public static final Selection ALL = new Selection("", "");

  /// For example `cnpg.io/cluster=main,role in (a,b)`.
  public static Selection labels(String labelSelector) {
    return new Selection(labelSelector, "");
  }

  /// The one object of this name: what a Role that lists names allows to watch.
  public static Selection name(String name) {
    return new Selection("", "metadata.name=" + name);
  }

  Map<String, String> parameters() {
    var parameters = new LinkedHashMap<String, String>();
    if (!labels.isEmpty()) {
      parameters.put("labelSelector", labels);
    }
    if (!fields.isEmpty()) {
      parameters.put("fieldSelector", fields);
    }
    return parameters;
  }
}
