;;; backend-architect.el --- Backend Architect in Emacs, with Eglot  -*- lexical-binding: t -*-

;; Package-Requires: ((emacs "29.1"))

;;; Commentary:

;; Finds what endangers data, security or uptime in Python and SQL files while you type, explains and
;; repairs it.  In the init file:
;;
;;   (load "~/src/backend-architect/editors/emacs/backend-architect.el")

;;; Code:

(require 'eglot)

(defgroup backend-architect nil
  "Finds and repairs what endangers a Python backend."
  :group 'tools)

(defcustom backend-architect-command '("backend-architect" "server")
  "The program that runs the server, and its arguments."
  :type '(repeat string))

(add-to-list 'eglot-server-programs
             `((python-mode python-ts-mode sql-mode)
               . ,(lambda (&rest _) backend-architect-command)))

(add-hook 'python-base-mode-hook #'eglot-ensure)
(add-hook 'sql-mode-hook #'eglot-ensure)

(defun backend-architect-fix-all ()
  "Make all repairs of the file that keep what the code does."
  (interactive)
  (eglot-code-actions (point-min) (point-max) "source.fixAll.backend-architect" t))

(defun backend-architect-diagram ()
  "Show the tables of the project and how they refer to each other, as text of Mermaid."
  (interactive)
  (eglot-execute (eglot--current-server-or-lose)
                 '(:command "backend-architect.showDiagram" :arguments [])))

(provide 'backend-architect)
;;; backend-architect.el ends here
