// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.schema;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/// What a field of a custom resource means and may hold: the source of its schema in the CRD, of
/// `kubectl explain` and of the reference manual.
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface Field {
  /// What the field means, in a few words.
  String value();

  boolean required() default false;

  /// The default that the API server fills in, as JSON or bare text; the record's constructor has
  /// the same.
  String defaultsTo() default "";

  /// What absence amounts to where no server fills anything in; for the manual.
  String effective() default "";

  /// The values allowed; of each item where the field is a list.
  String[] oneOf() default {};

  long min() default Long.MIN_VALUE;

  long max() default Long.MAX_VALUE;

  int minLength() default 0;

  int maxLength() default 0;

  int minItems() default 0;

  int maxItems() default 0;

  String pattern() default "";

  String format() default "";

  /// The components that identify an item of a list; server-side apply merges such lists by item.
  String[] mapKeys() default {};

  /// A list without duplicates that server-side apply merges.
  boolean set() default false;

  /// An object or list that server-side apply replaces as a whole.
  boolean atomic() default false;

  boolean deprecated() default false;
}
