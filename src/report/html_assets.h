#ifndef TW_REPORT_HTML_ASSETS_H
#define TW_REPORT_HTML_ASSETS_H

extern const char tw_html_style[];
extern const char tw_html_script[];

#endif
