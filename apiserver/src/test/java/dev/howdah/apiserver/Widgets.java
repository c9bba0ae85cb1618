// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver;

/// A custom resource for tests.
final class Widgets {
  static final String PATH = "/apis/example.com/v1/namespaces/default/widgets";

  static final String DEFINITION =
      """
      apiVersion: apiextensions.k8s.io/v1
      kind: CustomResourceDefinition
      metadata: {name: widgets.example.com}
      spec:
        group: example.com
        scope: Namespaced
        names: {plural: widgets, singular: widget, kind: Widget, listKind: WidgetList, shortNames: [wg], categories: [all]}
        versions:
        - name: v1
          served: true
          storage: true
          subresources:
            status: {}
            scale: {specReplicasPath: .spec.size, statusReplicasPath: .status.ready}
          selectableFields: [{jsonPath: .spec.color}]
          additionalPrinterColumns:
          - {name: Size, type: integer, jsonPath: .spec.size}
          - {name: Ready, type: integer, jsonPath: .status.ready}
          - {name: Color, type: string, jsonPath: .spec.color, priority: 1}
          schema:
            openAPIV3Schema:
              type: object
              description: A thing for tests.
              required: [spec]
              properties:
                spec:
                  type: object
                  description: What is wanted.
                  properties:
                    size: {type: integer, minimum: 0, maximum: 10, default: 1, description: How many.}
                    color: {type: string, enum: [red, green], description: How it looks.}
                    parts:
                      type: array
                      x-kubernetes-list-type: map
                      x-kubernetes-list-map-keys: [name]
                      items:
                        type: object
                        required: [name]
                        properties:
                          name: {type: string}
                          count: {type: integer}
                status:
                  type: object
                  properties:
                    ready: {type: integer}
                    conditions:
                      type: array
                      items:
                        type: object
                        x-kubernetes-preserve-unknown-fields: true
      """;

  private Widgets() {}

  static String widget(String name, int size) {
    return "{apiVersion: example.com/v1, kind: Widget, metadata: {name: %s}, spec: {size: %d}}"
        .formatted(name, size);
  }
}
